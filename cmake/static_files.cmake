# trawl_static_files(TARGET NAMESPACE HEADER FILES …): the bytes of the files in TARGET, as `std::span<const static_file> NAMESPACE::files()`,
# which HEADER declares beside its `static_file` {name, bytes}. A file's name is its path without the first folder. Made anew by the build
# after a file has changed.
set(TRAWL_STATIC_FILES_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(trawl_static_files target namespace header)
  string(MAKE_C_IDENTIFIER "${namespace}" of)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/${of}_files.cpp)
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} "-DNAMESPACE=${namespace}" "-DHEADER=${header}" "-DOUT=${made}" "-DFILES=${ARGN}" -P ${TRAWL_STATIC_FILES_SCRIPT}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DEPENDS ${ARGN} ${TRAWL_STATIC_FILES_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${made})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(table "")
  set(arrays "")
  set(number 0)
  foreach(file IN LISTS FILES)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
    string(APPEND arrays "constexpr char file_${number}[] = {${bytes}};\n")
    string(REGEX MATCH "/(.*)$" below "${file}")
    string(APPEND table "    {\"${CMAKE_MATCH_1}\", {file_${number}, sizeof file_${number}}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  file(WRITE ${OUT} "#include \"${HEADER}\"\n\nnamespace {\n${arrays}constexpr ${NAMESPACE}::static_file table[] = {\n${table}};\n}  // namespace\n\n"
    "std::span<const ${NAMESPACE}::static_file> ${NAMESPACE}::files() noexcept { return table; }\n")
endif()
