# Static musl binaries from one compiler for both targets. Needs two variables in the environment,
# which ./dev sets: PMX_ZIG (the zig program) and PMX_TARGET_PREFIX (a folder that holds, for each
# target triple, include/ and lib/ of what is linked in besides libc and libc++).
set(CMAKE_SYSTEM_NAME Linux)
if(NOT CMAKE_SYSTEM_PROCESSOR)
  set(CMAKE_SYSTEM_PROCESSOR x86_64)
endif()
set(PMX_TRIPLE ${CMAKE_SYSTEM_PROCESSOR}-linux-musl)
foreach(variable PMX_ZIG PMX_TARGET_PREFIX)
  if(NOT DEFINED ENV{${variable}})
    message(FATAL_ERROR "${variable} is not set; './dev build ${PMX_PRESET}' sets it")
  endif()
endforeach()
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CMAKE_SYSTEM_PROCESSOR)
# CMake's checks compile but do not link: the first link of each kind makes Zig compile a libc++ for
# it, and theirs (unoptimised) is not ours. -flto is none of the flags they use, because CMake cannot
# recognise the compiler by what it finds in bitcode, and would link after all.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
add_compile_options(-flto)
add_link_options(-flto)

set(CMAKE_CXX_COMPILER $ENV{PMX_ZIG} c++)
set(CMAKE_CXX_COMPILER_TARGET ${PMX_TRIPLE})
set(CMAKE_AR $ENV{PMX_ZIG})
set(CMAKE_RANLIB $ENV{PMX_ZIG})
set(CMAKE_CXX_ARCHIVE_CREATE "<CMAKE_AR> ar qcD <TARGET> <LINK_FLAGS> <OBJECTS>")
set(CMAKE_CXX_ARCHIVE_APPEND "<CMAKE_AR> ar qD <TARGET> <LINK_FLAGS> <OBJECTS>")
set(CMAKE_CXX_ARCHIVE_FINISH "<CMAKE_RANLIB> ranlib -D <TARGET>")

# No PIE and no RELRO: a static program at a fixed address has nothing to relocate, so it starts
# with three segments and no page written before main.
set(CMAKE_CXX_FLAGS_INIT "-ffunction-sections -fdata-sections -fno-pie -fno-ident")
set(CMAKE_SKIP_RPATH ON)
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -no-pie -s -Wl,--gc-sections -Wl,-z,norelro")

# Headers only, from the distribution's packages: /usr/include itself belongs to another libc.
set(PMX_HEADERS ${CMAKE_BINARY_DIR}/host-headers)
foreach(library nlohmann doctest)
  file(MAKE_DIRECTORY ${PMX_HEADERS})
  file(CREATE_LINK /usr/include/${library} ${PMX_HEADERS}/${library} SYMBOLIC)
endforeach()
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES $ENV{PMX_TARGET_PREFIX}/${PMX_TRIPLE}/include
                                           ${PMX_HEADERS})
link_directories($ENV{PMX_TARGET_PREFIX}/${PMX_TRIPLE}/lib)

if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL CMAKE_HOST_SYSTEM_PROCESSOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${CMAKE_SYSTEM_PROCESSOR}-static)
endif()
