/* Entries that are wrong in one way each: compiled with -DFAULT_... */
#include <stdio.h>
#include <string.h>

#include "crescent_plugin.h"

static const void* query(const char* id) {
  (void)id;
  return NULL;
}

static crescent_status init(const crescent_host* host, crescent_error* error) {
  (void)host;
#ifdef FAULT_INIT
  error->size = (uint64_t)snprintf(error->text, error->capacity, "the licence server is closed\n\xff");
  return CRESCENT_FAILED;
#else
  (void)error;
  return CRESCENT_OK;
#endif
}

#ifdef FAULT_MAJOR
#define MAJOR 7
#else
#define MAJOR CRESCENT_ABI_MAJOR
#endif
#ifdef FAULT_SIZE
#define SIZE 64
#else
#define SIZE sizeof(crescent_plugin_entry)
#endif
#ifdef FAULT_NAME
#define NAME NULL
#else
#define NAME "entry"
#endif

#ifndef FAULT_SYMBOL
const crescent_plugin_entry crescent_entry = {MAJOR, CRESCENT_ABI_MINOR, SIZE, 0, NAME, "1", "", "", "", init, NULL,
                                              query};
#else
int crescent_entri = (int)sizeof(query) + (int)sizeof(init);
#endif
#ifdef FAULT_UNRESOLVED
void is_nowhere(void);
void calls_it(void);
void calls_it(void) { is_nowhere(); }
#endif
