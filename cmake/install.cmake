# What a package holds: programs, manual pages, completion, catalog, samples, units. Units name the
# programs by their full path, so they are written for the prefix.
include(GNUInstallDirs)
set(SYSTEMD_UNIT_DIR lib/systemd/system CACHE STRING "Where units go; /lib/systemd/system on Debian 12")
find_program(SCDOC scdoc REQUIRED)

install(TARGETS dcmcourier dcmcourier-open RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# dcmcourierd finds the roles beside itself.
install(TARGETS dcmcourierd dcmcourierd-receive dcmcourierd-dispatch dcmcourierd-work dcmcourierd-verify
                dcmcourierd-send dcmcourier-portal
        RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})

file(GLOB pages RELATIVE ${CMAKE_SOURCE_DIR}/packaging/man CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packaging/man/*.scd)
foreach(page IN LISTS pages)
  string(REGEX REPLACE "\\.scd$" "" name ${page})
  string(REGEX REPLACE "^.*\\." "" section ${name})
  set(written ${CMAKE_BINARY_DIR}/man/${name})
  add_custom_command(OUTPUT ${written} DEPENDS ${CMAKE_SOURCE_DIR}/packaging/man/${page} VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
    COMMAND sh -c "\"$1\" <\"$2\" >\"$3\"" sh ${SCDOC} ${CMAKE_SOURCE_DIR}/packaging/man/${page} ${written})
  list(APPEND manual ${written})
  install(FILES ${written} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(manual ALL DEPENDS ${manual})

file(GLOB units CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/systemd/*.service ${CMAKE_SOURCE_DIR}/systemd/*.socket
     ${CMAKE_SOURCE_DIR}/systemd/*.target)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${units})
foreach(unit IN LISTS units)
  get_filename_component(name ${unit} NAME)
  file(READ ${unit} text)
  string(REPLACE "/usr/sbin/" "${CMAKE_INSTALL_FULL_SBINDIR}/" text "${text}")
  file(CONFIGURE OUTPUT systemd/${name} CONTENT "${text}" @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/systemd/${name} DESTINATION ${SYSTEMD_UNIT_DIR})
endforeach()
install(FILES systemd/sysusers.d/dcmcourier.conf systemd/sysusers.d/dcmcourier-portal.conf DESTINATION lib/sysusers.d)
install(FILES systemd/tmpfiles.d/dcmcourier.conf systemd/tmpfiles.d/dcmcourier-portal.conf DESTINATION lib/tmpfiles.d)
install(FILES packaging/dcmcourier.catalog DESTINATION lib/systemd/catalog)

foreach(program dcmcourier dcmcourier-open dcmcourier-portal dcmcourierd)
  install(FILES packaging/completion/${program} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endforeach()
install(FILES config/dcmcourier.schema.json config/dcmcourier-site.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/dcmcourier)
install(FILES config/dcmcourier.yaml config/routes.d/10-example.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES config/deidentify/site.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/deidentify)
install(FILES config/portal.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/dcmcourier-portal/examples)
install(FILES config/nginx/dcmcourier-portal.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/dcmcourier-portal/examples/nginx)
