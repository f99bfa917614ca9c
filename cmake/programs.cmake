# One program per role, so that what a process cannot link it cannot do. A program is one file in
# daemon/programs (its main) and the rooms it composes.
function(add_program name)
  cmake_parse_arguments(PROGRAM "" "" "LIBRARIES" ${ARGN})
  string(REPLACE "-" "_" file ${name})
  if(EXISTS ${CMAKE_SOURCE_DIR}/daemon/programs/${file}.cpp)
    add_executable(${name} daemon/programs/${file}.cpp)
    target_link_libraries(${name} PRIVATE ${PROGRAM_UNPARSED_ARGUMENTS} ${PROGRAM_LIBRARIES})
  endif()
endfunction()

add_program(dcmcourierd           settings)
add_program(dcmcourierd-receive   receive spool settings journal)
add_program(dcmcourierd-dispatch  service)
add_program(dcmcourierd-work      examine pack deidentify recognize jobs journal confine)
add_program(dcmcourierd-verify    verify jobs journal confine)
add_program(dcmcourierd-send      publish announce jobs journal settings confine)
add_program(dcmcourier            command LIBRARIES CLI11::CLI11)
add_program(dcmcourier-open       opener LIBRARIES CLI11::CLI11)

add_subdirectory(portal/server)
