# Everything Whence is built from (Debian 12 packages; scripts/install-packages lists them). Newer versions are accepted.
include_guard(GLOBAL)

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(Protobuf 3.21 REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(gRPC 1.51 CONFIG REQUIRED)
find_package(CLI11 2.1 CONFIG REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers only: Beast and Asio
find_package(yaml-cpp 0.7 CONFIG REQUIRED)
find_package(simdjson 3.0 CONFIG REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
# whence::malloc, for what serves: a reply is made on one thread and freed on another, a hundred pieces at a time, which
# takes the C library's allocator a quarter of all time. The sanitizers bring their own.
add_library(whence_malloc INTERFACE)
add_library(whence::malloc ALIAS whence_malloc)
if(NOT WHENCE_SANITIZE)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc>=5.2)
  target_link_libraries(whence_malloc INTERFACE PkgConfig::jemalloc)
endif()
find_program(WHENCE_GRPC_CPP_PLUGIN NAMES grpc_cpp_plugin REQUIRED)
if(WHENCE_BUILD_TESTS)
  find_package(Catch2 2.13 CONFIG REQUIRED)
endif()
# yaml-cpp 0.7 names its target without a namespace; later ones add yaml-cpp::yaml-cpp.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
