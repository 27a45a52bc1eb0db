# whence::proto: the contract as C++, generated from proto/**/*.proto. Headers are "whence/v1/x.pb.h" and, for files
# with a service, "whence/v1/x.grpc.pb.h"; they are system headers for their users, and compiled without warnings.
include_guard(GLOBAL)

set(proto_root "${PROJECT_SOURCE_DIR}/proto")
set(proto_out "${PROJECT_BINARY_DIR}/generated/proto")
file(GLOB_RECURSE proto_files RELATIVE "${proto_root}" CONFIGURE_DEPENDS "${proto_root}/*.proto")
file(MAKE_DIRECTORY "${proto_out}")

set(proto_sources "")
set(WHENCE_PROTO_HEADERS "")
foreach(proto IN LISTS proto_files)
  string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${proto_root}/${proto}")
  file(STRINGS "${proto_root}/${proto}" services REGEX "^service ")
  set(outputs "${proto_out}/${stem}.pb.cc" "${proto_out}/${stem}.pb.h")
  set(grpc_arguments "")
  list(APPEND WHENCE_PROTO_HEADERS "${stem}.pb.h")
  if(services)
    list(APPEND outputs "${proto_out}/${stem}.grpc.pb.cc" "${proto_out}/${stem}.grpc.pb.h")
    list(APPEND WHENCE_PROTO_HEADERS "${stem}.grpc.pb.h")
    set(grpc_arguments "--grpc_out=${proto_out}" "--plugin=protoc-gen-grpc=${WHENCE_GRPC_CPP_PLUGIN}")
  endif()
  # protoc's --dependency_file knows the imports of one file; depending on all of them is simpler and never wrong.
  list(TRANSFORM proto_files PREPEND "${proto_root}/" OUTPUT_VARIABLE proto_paths)
  add_custom_command(OUTPUT ${outputs}
    COMMAND protobuf::protoc "--proto_path=${proto_root}" "--cpp_out=${proto_out}" ${grpc_arguments} "${proto}"
    DEPENDS ${proto_paths} COMMENT "protoc ${proto}" VERBATIM)
  list(APPEND proto_sources ${outputs})
endforeach()

if(proto_sources)
  add_library(whence_proto STATIC ${proto_sources})
  set_target_properties(whence_proto PROPERTIES EXPORT_NAME proto)
  target_include_directories(whence_proto SYSTEM PUBLIC "$<BUILD_INTERFACE:${proto_out}>")
  target_link_libraries(whence_proto PUBLIC protobuf::libprotobuf gRPC::grpc++
    PRIVATE "$<BUILD_INTERFACE:whence_options>")
  target_compile_options(whence_proto PRIVATE -w)
  # Of a service's file most of the time goes into gRPC's headers: several at once. Messages' files cannot be: they have
  # statics of the same names.
  set_target_properties(whence_proto PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4)
  set(message_sources ${proto_sources})
  list(FILTER message_sources EXCLUDE REGEX "\\.grpc\\.pb\\.")
  set_source_files_properties(${message_sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
else()
  add_library(whence_proto INTERFACE)
  target_link_libraries(whence_proto INTERFACE protobuf::libprotobuf gRPC::grpc++)
endif()
add_library(whence::proto ALIAS whence_proto)
