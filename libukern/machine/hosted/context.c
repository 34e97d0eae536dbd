/* SPDX-License-Identifier: MIT */
/* What a running thread needs of the host: its full register state while it is stopped in mid-flight. */
#include "hosted.h"

#include <cpuid.h>
#include <string.h>

#include "annotate.h"
#include "offsets.h"

enum {
    FPU_LEGACY_BYTES = 512,
    FLAGS_KERNEL = 0x202,              /* what C code expects: direction up, no trap, no alignment check */
    STACK_TOLD_BYTES = 1 << 20         /* nobody says how large a user stack is; sanitizers are told at most this */
};

/* Bytes that XSAVE writes here; without XSAVE, FXSAVE. */
static size_t fpu_bytes(uk_word *xfeatures)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    *xfeatures = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !__get_cpuid_count(13, 0, &a, &b, &c, &d))
        return FPU_LEGACY_BYTES;
    *xfeatures = ~(uk_word)0;
    return (b + 63) & ~(size_t)63;
}

size_t context_size(void)
{
    uk_word xfeatures;
    return (sizeof(struct hosted_context) + fpu_bytes(&xfeatures) + 63) & ~(size_t)63;
}

void context_pool(struct machine *machine)
{
    for (uint32_t i = machine->contexts_max; i-- > 0;) {
        struct hosted_context *context = (void *)(machine->contexts + i * machine->context_bytes);
        memset(context, 0, machine->context_bytes); /* XSAVE leaves parts of its header as they were */
        (void)fpu_bytes(&context->xfeatures);
        context->next = machine->free_contexts;
        machine->free_contexts = context;
    }
}

/* Tells the sanitizers of the stack that a thread is about to begin on. */
static void stack_tell(struct thread *thread)
{
    const struct space *space = thread_space(thread);
    uk_word high = thread->registers.sp, low = high;
    if (space != NULL && high > space->base && high <= space->end)
        low = high - space->base > STACK_TOLD_BYTES ? high - STACK_TOLD_BYTES : space->base;
    if (high > thread->registers.context->stack_low && high < thread->registers.context->stack_high)
        annotate_unmapped((void *)low, high - low); /* it goes on farther up in the stack that it had: what is above lives */
    else
        annotate_stack(thread->registers.context, low, high);
}

/* One from the pool, unless there is one; none is needed where no user code runs. */
static enum uk_status context_claim(struct kernel *kernel, struct hosted_context **context)
{
    struct machine *machine = machine_of(kernel);
    if (!kernel->running || *context != NULL)
        return UK_OK;
    *context = machine->free_contexts;
    if (*context == NULL)
        return UK_LIMIT;
    machine->free_contexts = (*context)->next;
    return UK_OK;
}

enum uk_status machine_thread_start(struct kernel *kernel, struct thread *thread)
{
    if (thread->registers.context != NULL)
        return UK_OK;
    enum uk_status status = context_claim(kernel, &thread->registers.context);
    if (thread->registers.context != NULL)
        stack_tell(thread);
    return status;
}

void machine_thread_destroy(struct kernel *kernel, struct thread *thread)
{
    machine_stack_end(kernel, &thread->registers.kept);
}

enum uk_status machine_stack_start(struct kernel *kernel, struct registers_kept *place, uk_word bytes)
{
    enum uk_status status = context_claim(kernel, &place->context);
    if (place->context != NULL)
        annotate_stack(place->context, place->sp - bytes, place->sp);
    return status;
}

void machine_stack_end(struct kernel *kernel, struct registers_kept *place)
{
    struct machine *machine = machine_of(kernel);
    struct hosted_context *context = place->context;
    if (context == NULL)
        return;
    place->context = NULL;
    annotate_stack(context, 0, 0);
    context->next = machine->free_contexts;
    machine->free_contexts = context;
}

void machine_registers_start(struct thread *thread, uk_word ip, uk_word sp, uk_word argument)
{
    struct registers *registers = &thread->registers;
    memset(&registers->call, 0, sizeof registers->call);
    registers->call.handle = argument;
    registers->ip = (uk_word)(uintptr_t)trap_start;
    registers->bp = ip;
    registers->sp = sp & ~(uk_word)15;
    registers->full = 0;
    if (registers->context != NULL)
        stack_tell(thread);
}

#if defined(UKERN_SWITCH_UCONTEXT)
/* Linux describes the state components in the frame itself, behind the legacy area. */
static size_t frame_fpu_bytes(const struct machine *machine, const void *fpu)
{
    struct _fpx_sw_bytes about;
    memcpy(&about, (const unsigned char *)fpu + FPU_LEGACY_BYTES - sizeof about, sizeof about);
    size_t room = machine->context_bytes - sizeof(struct hosted_context);
    return about.magic1 == FP_XSTATE_MAGIC1 && about.xstate_size <= room ? about.xstate_size : FPU_LEGACY_BYTES;
}

void context_restore(const struct hosted_context *context, ucontext_t *frame)
{
    memcpy(frame->uc_mcontext.gregs, context->general, sizeof context->general);
    if (context->fpu_bytes != 0)
        memcpy(frame->uc_mcontext.fpregs, context->fpu, context->fpu_bytes);
}
#endif

/* The frame's user code is stopped here; when the handler returns, the kernel goes on. */
void context_redirect(struct machine *machine, ucontext_t *frame, void (*landing)(void))
{
    struct hosted_context *context = machine->registers->context;
    memcpy(context->general, frame->uc_mcontext.gregs, sizeof context->general);
    machine->registers->full = 1;
    machine->registers = NULL;
    frame->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)landing;
#if defined(UKERN_SWITCH_UCONTEXT)
    context->fpu_bytes = frame_fpu_bytes(machine, frame->uc_mcontext.fpregs);
    memcpy(context->fpu, frame->uc_mcontext.fpregs, context->fpu_bytes);
    machine->leaving = 0;
    frame->uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)machine->stack;
#endif
    machine->redirected = context;
    frame->uc_mcontext.gregs[REG_EFL] = FLAGS_KERNEL;
}
