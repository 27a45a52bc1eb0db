# `cmake --install`, in three components: server (whenced), cli (whence), client-dev (library, headers, and what
# find_package(whence) and `pkg-config whence-client` need).
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

if(TARGET whenced)
  install(TARGETS whenced RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT server)
endif()
if(TARGET whence)
  install(TARGETS whence RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT cli)
endif()

get_target_property(client_type whence_client TYPE)
if(NOT client_type STREQUAL "INTERFACE_LIBRARY")
  # whence_proto goes along as a library only: a user's own code sees no generated header.
  install(TARGETS whence_client whence_proto EXPORT whenceTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT client-dev
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT client-dev)
  set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/whence")
  install(EXPORT whenceTargets NAMESPACE whence:: DESTINATION "${package_folder}" COMPONENT client-dev)
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/whenceConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/generated/whenceConfig.cmake" INSTALL_DESTINATION "${package_folder}")
  # Before 1.0 a minor version may break: 0.1.x is not 0.2.x.
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/whenceConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/generated/whenceConfig.cmake"
    "${PROJECT_BINARY_DIR}/generated/whenceConfigVersion.cmake"
    DESTINATION "${package_folder}" COMPONENT client-dev)

  list(TRANSFORM WHENCE_CLIENT_ABSL PREPEND "absl_" OUTPUT_VARIABLE absl_modules)
  list(JOIN absl_modules " " WHENCE_PC_ABSL)
  # Relative to the file itself: an installed tree can be moved, and --prefix can be said at install time.
  file(RELATIVE_PATH WHENCE_PC_PREFIX "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/whence-client.pc.in"
    "${PROJECT_BINARY_DIR}/generated/whence-client.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/generated/whence-client.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT client-dev)
endif()
