# "base/version.h": the version (from project()) as a constant, and the build (the git commit) as a variable that lives
# in one small generated .cc, so that a commit recompiles one file.
include_guard(GLOBAL)

set(version_out "${PROJECT_BINARY_DIR}/generated/version")
configure_file("${PROJECT_SOURCE_DIR}/cmake/version.h.in" "${version_out}/include/base/version.h" @ONLY)
# Runs at every build; touches the file only when the commit changed.
add_custom_target(whence_version_stamp
  COMMAND "${CMAKE_COMMAND}" "-DSOURCE=${PROJECT_SOURCE_DIR}" "-DOUTPUT=${version_out}/version.cc"
    -P "${PROJECT_SOURCE_DIR}/cmake/StampVersion.cmake"
  BYPRODUCTS "${version_out}/version.cc" COMMENT "" VERBATIM)
add_library(whence_version STATIC "${version_out}/version.cc")
add_dependencies(whence_version whence_version_stamp)
target_include_directories(whence_version PUBLIC "$<BUILD_INTERFACE:${version_out}/include>")
target_link_libraries(whence_version PRIVATE whence_options whence_warnings)
