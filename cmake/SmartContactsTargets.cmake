find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Precompiled headers are cached as well, and a clone in another folder finds what this one compiled.
  set(_ccache ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER ${_ccache})
  set(CMAKE_C_COMPILER_LAUNCHER ${_ccache})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

if(SMART_CONTACTS_SANITIZE)
  # Not optimised: that takes a third of the time to compile, which is most of what a sanitizer costs.
  add_compile_options(-fsanitize=${SMART_CONTACTS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${SMART_CONTACTS_SANITIZE})
endif()

# Sources whose internal names are those of others of their library: compiled alone also where the rest is compiled together
# (CMAKE_UNITY_BUILD, which the linters and the sanitizers use to parse headers once).
function(smart_contacts_compile_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

function(_smart_contacts_options target)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough -Wno-missing-field-initializers)
endfunction()

# A static library for one folder: target smart_contacts_NAME, alias smartcontacts::NAME.
#   smart_contacts_library(NAME SOURCES a.cc ... PUBLIC dep ... PRIVATE dep ...)
function(smart_contacts_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target smart_contacts_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(smartcontacts::${name} ALIAS ${target})
  _smart_contacts_options(${target})
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# A program, installed.
#   smart_contacts_program(NAME SOURCES main.cc ... LINK dep ...)
function(smart_contacts_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  _smart_contacts_options(${name})
  target_compile_definitions(${name} PRIVATE SMART_CONTACTS_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# What is built of a ThreadSanitizer build: the tests labelled "concurrency".
add_custom_target(concurrency_tests)

# Registers the tests of a GoogleTest binary as COUNT ctest tests, NAME_1 and so on, which can run side by side. What they
# start waits more than it works.
#   smart_contacts_test_shards(NAME BINARY COUNT LABELS l ... [ENVIRONMENT name=value ...])
function(smart_contacts_test_shards name binary count)
  cmake_parse_arguments(ARG "" "" "LABELS;ENVIRONMENT" ${ARGN})
  math(EXPR last "${count} - 1")
  foreach(shard RANGE ${last})
    math(EXPR number "${shard} + 1")
    add_test(NAME ${name}_${number} COMMAND ${binary})
    set_tests_properties(${name}_${number} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 1200
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${count};GTEST_SHARD_INDEX=${shard};${ARG_ENVIRONMENT}")
  endforeach()
endfunction()

# One GoogleTest binary, registered as one ctest test called NAME, or as several if SHARDS says how many.
#   smart_contacts_test(NAME SOURCES a_test.cc ... LINK dep ... [LABELS l ...] [SHARDS n])
function(smart_contacts_test name)
  cmake_parse_arguments(ARG "" "SHARDS" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  _smart_contacts_options(${name})
  target_compile_definitions(${name} PRIVATE SMART_CONTACTS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main)
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(ARG_SHARDS)
    smart_contacts_test_shards(${name} ${name} ${ARG_SHARDS} LABELS ${ARG_LABELS})
  else()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
  if(concurrency IN_LIST ARG_LABELS)
    add_dependencies(concurrency_tests ${name})
  endif()
endfunction()
