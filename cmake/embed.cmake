# trawl_embed(TARGET NAMESPACE HEADER FILES …): the text of each file as a constant std::string_view of TARGET, under the file's name with
# '_' for '.'. HEADER declares them. A changed file is embedded again by the next build.
function(trawl_embed target namespace header)
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} variable)
    file(READ ${file} text)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embedded/${variable}.cpp @ONLY
      CONTENT "#include \"@header@\"\n\nconst std::string_view @namespace@::@variable@ = R\"embedded(@text@)embedded\";\n")
    target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded/${variable}.cpp)
  endforeach()
endfunction()
