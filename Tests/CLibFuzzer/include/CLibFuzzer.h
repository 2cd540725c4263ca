// libFuzzer's driver, as a program with a `main` of its own calls it (compiler-rt, FuzzerDriver.cpp).
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
