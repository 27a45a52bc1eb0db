# The functions that the CMakeLists.txt files of the folders are written in.
include_guard(GLOBAL)

# whence_library(<target> ALIAS whence::<name> SOURCES ... [PCH base|proto|test|test_proto] [PUBLIC ...] [PRIVATE ...])
# The include folders of INCLUDE are for users inside this tree. A static library; with no sources yet, an interface library that only passes its dependencies on.
function(whence_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ALIAS;PCH" "SOURCES;PUBLIC;PRIVATE;INCLUDE")
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${arg_INCLUDE}>")
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE}
      "$<BUILD_INTERFACE:whence_options>" "$<BUILD_INTERFACE:whence_warnings>")
    whence_use_pch(${target} "${arg_PCH}")
  else()
    add_library(${target} INTERFACE)
    target_include_directories(${target} INTERFACE "$<BUILD_INTERFACE:${arg_INCLUDE}>")
    target_link_libraries(${target} INTERFACE ${arg_PUBLIC})
  endif()
  add_library(${arg_ALIAS} ALIAS ${target})
endfunction()

# whence_room(<name> [PCH base|proto] [DEPENDS ...] [PRIVATE ...])
# server/<name>/*.cc -> whence_<name>, alias whence::<name>. A file in the folder is in the room.
function(whence_room name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PCH" "DEPENDS;PRIVATE")
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/server/${name}/*.cc")
  if(NOT arg_PCH)
    set(arg_PCH base)
  endif()
  whence_library(whence_${name} ALIAS whence::${name} SOURCES ${sources} PCH ${arg_PCH}
    INCLUDE "${PROJECT_SOURCE_DIR}/server" PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
endfunction()

# whence_executable(<target> SOURCES ... [PCH ...] [LINK ...] [OUTPUT name])
function(whence_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PCH;OUTPUT" "SOURCES;LINK")
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LINK} whence_options whence_warnings)
  if(arg_OUTPUT)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${arg_OUTPUT})
  endif()
  whence_use_pch(${target} "${arg_PCH}")
endfunction()

# whence_tests(<room> [PCH test|test_proto] [LINK ...] [LABELS ...])
# tests/unit/<room>/*.cc -> whence_<room>_tests, in ctest as unit.<room>.
function(whence_tests room)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PCH" "LINK;LABELS")
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/${room}/*.cc")
  if(NOT sources)
    return()
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS fast)
  endif()
  if(NOT arg_PCH)
    set(arg_PCH test)
  endif()
  whence_executable(whence_${room}_tests SOURCES ${sources} PCH ${arg_PCH}
    LINK whence::${room} ${arg_LINK} whence::test_support whence_catch_main)
  whence_add_test(unit.${room} LABELS ${arg_LABELS} COMMAND whence_${room}_tests)
endfunction()

# whence_add_test(<name> COMMAND ... [LABELS ...] [TIMEOUT s] [ENVIRONMENT ...] [SERIAL])
# add_test with the suite's habits. A test that is a script finds the binaries in WHENCED and WHENCE, and the source and
# build folders in WHENCE_SOURCE_DIR and WHENCE_BUILD_DIR. Exit code 77 means skipped. A test that holds many cases
# prints "N passed, N failed[, N skipped]" as a line of its own; scripts/test adds them up (Catch2 is understood too).
# Labels: fast (the default for unit tests), slow, soak (left out of `make test`, run by `make soak`).
function(whence_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT;WORKING_DIRECTORY" "COMMAND;LABELS;ENVIRONMENT")
  if(NOT arg_WORKING_DIRECTORY)
    set(arg_WORKING_DIRECTORY "${PROJECT_BINARY_DIR}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(WHENCE_SANITIZE)
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
  endif()
  set(environment ${arg_ENVIRONMENT} "WHENCE_SOURCE_DIR=${PROJECT_SOURCE_DIR}" "WHENCE_BUILD_DIR=${PROJECT_BINARY_DIR}"
    "WHENCED=${PROJECT_BINARY_DIR}/server/whenced" "WHENCE=${PROJECT_BINARY_DIR}/client/whence"
    "WHENCE_SANITIZE=${WHENCE_SANITIZE}" ${WHENCE_SANITIZER_ENVIRONMENT})
  add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${arg_WORKING_DIRECTORY}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}" SKIP_RETURN_CODE 77
    RUN_SERIAL "${arg_SERIAL}" ENVIRONMENT "${environment}")
endfunction()

# whence_fuzz_target(<name> SOURCES ... LINK ...)
# An executable whence_fuzz_<name> around LLVMFuzzerTestOneInput. In the fuzz preset it is a libFuzzer binary; in every
# other one it replays tests/fuzz/corpus/<name>/ once, as the test fuzz.<name>, so that a crash once found stays found.
function(whence_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  set(target whence_fuzz_${name})
  if(WHENCE_BUILD_FUZZ)
    whence_executable(${target} SOURCES ${arg_SOURCES} LINK ${arg_LINK})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    whence_executable(${target} SOURCES ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/fuzz/support/replay_main.cc"
      LINK ${arg_LINK})
    whence_add_test(fuzz.${name} LABELS fast COMMAND ${target} "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name}")
  endif()
endfunction()

# ---- precompiled headers --------------------------------------------------------------------------------------------
# Each compiled once and reused: base (std + Abseil), proto (base + the generated messages), test (base + Catch2),
# test_proto (proto + Catch2). All targets share one set of flags (whence_options, whence_warnings), which makes reuse
# possible.
function(whence_pch name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;LINK")
  set(anchor "${PROJECT_BINARY_DIR}/generated/pch/${name}.cc")
  file(CONFIGURE OUTPUT "${anchor}" CONTENT "// Carries the precompiled header '${name}'.\n")
  add_library(whence_pch_${name} OBJECT "${anchor}")
  target_link_libraries(whence_pch_${name} PRIVATE ${arg_LINK} whence_options whence_warnings)
  if(name MATCHES "^test")
    target_link_libraries(whence_pch_${name} PRIVATE whence_test_options)
  endif()
  target_precompile_headers(whence_pch_${name} PRIVATE ${arg_HEADERS})
endfunction()

function(whence_use_pch target name)
  if(name MATCHES "^test")
    target_link_libraries(${target} PRIVATE whence_test_options)
  endif()
  if(WHENCE_PCH AND name AND TARGET whence_pch_${name})
    target_precompile_headers(${target} REUSE_FROM whence_pch_${name})
  endif()
endfunction()
