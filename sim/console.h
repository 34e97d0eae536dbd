/* SPDX-License-Identifier: MIT */
/* The host's side of the console device: output out of the ring, input into it; no byte is lost or reordered. */
#ifndef SIM_CONSOLE_H
#define SIM_CONSOLE_H

#include <stdbool.h>

#include <ukern/ukern.h>

#define HOST_CONSOLE_BUFFER 65536

/* Zero-initialise, then set what comes before the line. */
struct host_console {
    const char *script; /* input, if not NULL: these bytes; then the end of input */
    size_t script_bytes;
    int input_fd;  /* else input comes from here; -1: none, the end of input */
    int output_fd; /* output goes here; -1: to `sink` */
    /* Takes output; false: it cannot. */
    bool (*sink)(void *context, const char *bytes, size_t count);
    void (*before_output)(void *context); /* called before bytes go to output_fd; may be NULL */
    void *context;
    bool prompt_output; /* hand every byte on at once: somebody is watching */
    /* ---- */
    bool input_ended;    /* nothing more will come from script or input_fd */
    bool end_told;       /* and the driver knows */
    bool failed;         /* output was lost */
    int error;           /* errno of the failure */
    uint64_t host_calls; /* system calls made */
    size_t used;
    char buffer[HOST_CONSOLE_BUFFER];
};

/* The device to put in uk_config.devices. */
struct uk_device host_console_device(struct host_console *console);

/* Hands on what is buffered. */
void host_console_flush(struct host_console *console, struct uk_kernel *kernel, unsigned device);

/* Nothing can run: waits for input. False: none will ever come. */
bool host_console_wait(struct host_console *console, struct uk_kernel *kernel, unsigned device);

#endif
