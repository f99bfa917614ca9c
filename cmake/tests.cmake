# Unit tests mirror the house: tests/unit/<room>/*.cpp makes one program test_<room>, linked with
# that room alone. Flows (pytest on the real programs) are started by scripts/test.
enable_testing()
include(GoogleTest)
file(GLOB rooms RELATIVE ${CMAKE_SOURCE_DIR}/tests/unit CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*)
foreach(room IN LISTS rooms)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${room}/*.cpp)
  if(sources AND TARGET ${room})
    add_executable(test_${room} ${sources})
    target_link_libraries(test_${room} PRIVATE ${room} GTest::gmock GTest::gtest_main nlohmann_json::nlohmann_json
                          OpenSSL::Crypto)
    target_compile_definitions(test_${room} PRIVATE SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_compile_options(test_${room} PRIVATE -Wno-shadow -Wno-conversion -Wno-sign-conversion)
    if(NOT SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL Debug)
      # Only what is tested needs to be fast; tests compile in half the time this way.
      target_compile_options(test_${room} PRIVATE -U_FORTIFY_SOURCE -O0)
    endif()
    add_test(NAME ${room} COMMAND test_${room})
  endif()
endforeach()
target_link_libraries(test_pack PRIVATE ${DEFLATE_STATIC})  # what one library deflates, another inflates

add_executable(dicom_tool tests/tools/dicom_tool.cpp)
target_link_libraries(dicom_tool PRIVATE dicom)

add_executable(deidentify_tool tests/tools/deidentify_tool.cpp)
target_link_libraries(deidentify_tool PRIVATE deidentify recognize)

# What scripts/make_deidentification_statement writes into the conformance statement.
add_executable(profile_tool tests/tools/profile_tool.cpp)
target_link_libraries(profile_tool PRIVATE deidentify)

# The engine with another Table E.1-1 at each step: what is compiled in stays as it is.
add_executable(table_tool tests/tools/table_tool.cpp)
target_link_libraries(table_tool PRIVATE deidentify)
target_link_options(table_tool PRIVATE -Wl,--wrap=_ZN10deidentify6tables7profileEv)

add_executable(seal_tool tests/tools/seal_tool.cpp)
target_link_libraries(seal_tool PRIVATE seal)

add_executable(pack_tool tests/tools/pack_tool.cpp)
target_link_libraries(pack_tool PRIVATE pack verify nlohmann_json::nlohmann_json)

# The disk of the tests that cut the power: a FUSE file system, by the kernel's protocol alone.
add_executable(power_disk tests/power/power_disk.cpp tests/power/mount.cpp tests/power/requests.cpp tests/power/volume.cpp)

# Failpoints that a test puts between the shipped programs and libc (LD_PRELOAD). It is no part of any program, and
# nothing installs it.
file(GLOB faults CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/faults/*.cpp)
add_library(failpoints MODULE ${faults})
set_target_properties(failpoints PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/faults)
target_compile_options(failpoints PRIVATE -U_FORTIFY_SOURCE -U_FILE_OFFSET_BITS -fPIC -Wno-ignored-attributes)
target_link_libraries(failpoints PRIVATE ${CMAKE_DL_LIBS})
