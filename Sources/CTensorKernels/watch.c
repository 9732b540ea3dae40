#include "CTensorKernels.h"

static _Thread_local void *watch;

void *vae_watch(void) { return watch; }
void vae_set_watch(void *value) { watch = value; }
