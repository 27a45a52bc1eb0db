# How every target of Whence is compiled. Carried PRIVATE by three interface targets, never by global flags, so that
# nothing leaks into a project that adds Whence as a subdirectory:
#   whence_options       language level, code model, hardening, sanitizers, linker
#   whence_warnings      the warning set
#   whence_cold          optimised less: what waits for others
#   whence_test_options  what tests have besides
include_guard(GLOBAL)

set(CMAKE_CXX_EXTENSIONS OFF)
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
  endif()
endif()

# ---- language, code model ---------------------------------------------------------------------------------------
add_library(whence_options INTERFACE)
target_compile_features(whence_options INTERFACE cxx_std_20)
# One code model for libraries and executables: GCC accepts a precompiled header only under the flags that made it,
# and the client library must be linkable into a shared object.
target_compile_options(whence_options INTERFACE
  -fPIC -fno-semantic-interposition
  -pthread  # some dependencies bring it, and it defines _REENTRANT: then all targets must have it
  # Paths in __FILE__ and debug information are relative: builds are reproducible and shared by ccache.
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=" "-ffile-prefix-map=${PROJECT_BINARY_DIR}/=build/")

# With a precompiled header in it, GCC's memory is full by its own default before anything is compiled, and it tidies up
# again and again: a tenth of its time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(whence_options INTERFACE
    "SHELL:--param ggc-min-expand=300" "SHELL:--param ggc-min-heapsize=600000")
endif()

# ---- hardening (release only: it needs optimisation, and sanitizers replace it) -----------------------------------
set(release "$<CONFIG:Release,RelWithDebInfo,MinSizeRel>")
target_compile_definitions(whence_options INTERFACE
  "$<${release}:_GLIBCXX_ASSERTIONS>")
if(NOT WHENCE_SANITIZE)
  target_compile_options(whence_options INTERFACE
    "$<${release}:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3;-fstack-protector-strong;-fstack-clash-protection>")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(whence_options INTERFACE "$<${release}:-fcf-protection>")
  endif()
endif()
target_link_options(whence_options INTERFACE
  "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>" "LINKER:-z,relro,-z,now" "LINKER:--as-needed")
# -O2 rather than CMake's -O3 (smaller, and no slower here); NDEBUG stays: our own checks are WHENCE_ASSERT, always on.
# -g1 keeps function names and lines for stack traces at a tenth of the cost of -g; `make package` strips it.
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
endif()

# For code that waits for others or runs once: in a release build -O1 saves a quarter of the compiler's time and costs
# nobody any.
add_library(whence_cold INTERFACE)
target_compile_options(whence_cold INTERFACE "$<$<CONFIG:Release>:-O1>")

add_library(whence_test_options INTERFACE)
target_link_libraries(whence_test_options INTERFACE whence_cold)
if(WHENCE_SANITIZE)  # makes that worse by far: the server is optimised (-O1), its tests are not
  target_compile_options(whence_test_options INTERFACE -O0)
endif()
# GCC 12 sees null pointers where a test looks into an optional that an assertion before it has checked.
target_compile_options(whence_test_options INTERFACE -Wno-null-dereference)

# ---- sanitizers, coverage -----------------------------------------------------------------------------------------
if(WHENCE_SANITIZE)
  target_compile_options(whence_options INTERFACE
    "-fsanitize=${WHENCE_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(whence_options INTERFACE "-fsanitize=${WHENCE_SANITIZE}")
endif()
# What the sanitizers' run time is told, for every test (and its children).
set(WHENCE_SANITIZER_ENVIRONMENT "")
if(WHENCE_SANITIZE MATCHES "thread")
  # Protobuf's maps are laid out otherwise when they see this macro: not as in the library that Debian built without it.
  target_compile_options(whence_options INTERFACE -U__SANITIZE_THREAD__)
  set(WHENCE_SANITIZER_ENVIRONMENT
    "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/tsan.supp history_size=4 second_deadlock_stack=1 ignore_noninstrumented_modules=1")
elseif(WHENCE_SANITIZE)
  set(WHENCE_SANITIZER_ENVIRONMENT
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/cmake/lsan.supp:print_suppressions=0"
    "UBSAN_OPTIONS=print_stacktrace=1")
endif()
if(WHENCE_BUILD_FUZZ)
  target_compile_options(whence_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(WHENCE_COVERAGE)
  target_compile_options(whence_options INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(whence_options INTERFACE --coverage)
endif()

# ---- linker -------------------------------------------------------------------------------------------------------
find_program(WHENCE_MOLD NAMES mold)
find_program(WHENCE_LLD NAMES ld.lld)
if(WHENCE_MOLD)
  target_link_options(whence_options INTERFACE -fuse-ld=mold)
elseif(WHENCE_LLD)
  target_link_options(whence_options INTERFACE -fuse-ld=lld)
endif()

# ---- warnings -----------------------------------------------------------------------------------------------------
add_library(whence_warnings INTERFACE)
target_compile_options(whence_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wconversion
  -Wnull-dereference -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough
  "$<$<BOOL:${WHENCE_WERROR}>:-Werror>")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(whence_warnings INTERFACE
    -Wmisleading-indentation -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wsuggest-override)
endif()

# ---- ccache -------------------------------------------------------------------------------------------------------
find_program(WHENCE_CCACHE_PROGRAM NAMES ccache)
if(WHENCE_CCACHE AND WHENCE_CCACHE_PROGRAM AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # pch_defines,time_macros: what ccache needs to be told before it trusts precompiled headers. Base folder and
  # nohashdir: two checkouts or build folders share results. Depend: what the compiler read is known from what it says
  # itself, without preprocessing everything once more. Inode cache: a precompiled header of hundreds of megabytes is
  # hashed once, not for each file. These two are a fifth of a cold build, nine tenths of a warm one.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;CCACHE_BASEDIR=/;CCACHE_NOHASHDIR=1;CCACHE_DEPEND=1;CCACHE_INODECACHE=1;${WHENCE_CCACHE_PROGRAM}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(whence_options INTERFACE -fpch-preprocess)
  endif()
endif()
