/* SPDX-License-Identifier: MIT */
/* Registers and bits of the NS16550A, as its data sheet names them; a register's number is its offset in bytes. */
#ifndef CONSOLE_DEVICE_NS16550_H
#define CONSOLE_DEVICE_NS16550_H

/* While the divisor latch is not open. */
enum ns16550_register {
    NS16550_DATA = 0,             /* read: received (RBR); write: to transmit (THR) */
    NS16550_INTERRUPT_ENABLE = 1, /* IER */
    NS16550_INTERRUPT_CAUSE = 2,  /* read (IIR); reading takes back the interrupt of an empty transmitter */
    NS16550_FIFO_CONTROL = 2,     /* write (FCR) */
    NS16550_LINE_CONTROL = 3,     /* LCR */
    NS16550_MODEM_CONTROL = 4,    /* MCR */
    NS16550_LINE_STATUS = 5       /* LSR */
};

/* IER: what interrupts. */
#define NS16550_ENABLE_RECEIVED 0x01 /* for as long as there is anything to read */
#define NS16550_ENABLE_EMPTY    0x02 /* once the transmitter's FIFO has become empty, or is when this is enabled */

/* FCR: a byte that is received interrupts at once. */
#define NS16550_FIFO_ON 0x01

/* LCR: eight bits, no parity, one stop bit; the divisor latch is closed. */
#define NS16550_LINE_8N1 0x03

/* MCR: on PCs the line reaches the interrupt controller only with OUT2. */
#define NS16550_MODEM_READY 0x0b

/* LSR. */
#define NS16550_STATUS_RECEIVED 0x01 /* there is a byte to read */
#define NS16550_STATUS_EMPTY    0x20 /* the transmitter's FIFO is empty */

#define NS16550_FIFO_BYTES 16

#endif
