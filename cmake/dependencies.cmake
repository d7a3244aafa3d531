# Every library comes as a Debian 12 package; deploy/setup.sh installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(RocksDB REQUIRED)
find_package(date REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc data)
foreach(lib IN ITEMS gumbo libbrotlidec libcares libnghttp2 libzstd zlib libpsl re2 uchardet)
  string(TOUPPER ${lib} key)
  pkg_check_modules(${key} REQUIRED IMPORTED_TARGET ${lib})
endforeach()
find_library(CLD2_LIBRARY cld2 REQUIRED)  # has neither a config nor a .pc file
add_library(CLD2::CLD2 UNKNOWN IMPORTED)
set_target_properties(CLD2::CLD2 PROPERTIES IMPORTED_LOCATION ${CLD2_LIBRARY})

# Asio and Beast are compiled once, here, not in each file that uses them.
add_library(trawl_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
target_link_libraries(trawl_asio PUBLIC trawl_options Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)

# One precompiled header for the rooms that do I/O; the pure rooms compile quickly without it.
add_library(trawl_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_link_libraries(trawl_pch PUBLIC trawl_asio fmt::fmt spdlog::spdlog)
target_precompile_headers(trawl_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.hpp)
