# whence::migrations: migrations/NNNN_name.sql as C++ ("migrations/embedded.h"), so that a binary carries its schema.
include_guard(GLOBAL)

file(GLOB migration_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/migrations/[0-9][0-9][0-9][0-9]_*.sql")
set(migrations_out "${PROJECT_BINARY_DIR}/generated/migrations")
file(CONFIGURE OUTPUT "${migrations_out}/include/migrations/embedded.h" CONTENT [[
#pragma once

#include <span>

#include "sql/migrations.h"

namespace whence {

// The migrations of migrations/*.sql, in order of version. Static storage; safe from any thread.
std::span<const sql::Migration> EmbeddedMigrations();

}  // namespace whence
]] @ONLY)
set(sources "")
if(migration_files)
  add_custom_command(OUTPUT "${migrations_out}/embedded.cc"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${migrations_out}/embedded.cc" "-DFILES=${migration_files}"
      -P "${PROJECT_SOURCE_DIR}/cmake/EmbedMigrations.cmake"
    DEPENDS ${migration_files} "${PROJECT_SOURCE_DIR}/cmake/EmbedMigrations.cmake"
    COMMENT "Embedding migrations" VERBATIM)
  set(sources "${migrations_out}/embedded.cc")
endif()
whence_library(whence_migrations ALIAS whence::migrations SOURCES ${sources}
  INCLUDE "${migrations_out}/include" PUBLIC whence::sql)
