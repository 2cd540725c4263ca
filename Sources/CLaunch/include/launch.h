#pragma once
int vh_placeholder(void);
