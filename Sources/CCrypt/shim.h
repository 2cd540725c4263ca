// libxcrypt: bcrypt through crypt_r and crypt_gensalt_rn.
#pragma once

#include <crypt.h>
