# The boot sector with which `probe.py` asks a machine whether an accelerator really runs a guest.
#
# It goes the way every 64-bit kernel goes (real mode, page tables, long mode), because that is where broken
# accelerators stop, then spins long enough that interrupts and exits happen, and answers with the byte 0x10 on port
# 0xf4. QEMU's isa-debug-exit device turns a byte n into the exit code 2n+1: 33 means "a guest ran here".
#
# `boot_sector.py` holds the same bytes; to make them again after a change:
#   as --32 -o probe.o probe.S && objcopy -O binary probe.o probe.bin && xxd -p probe.bin

        .code16
start:  cli
        xorl    %eax, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp

        # Three zeroed pages at 0x2000: level 4, level 3, level 2. One 2 MiB page maps address 0 to itself.
        movw    $0x2000, %di
        movw    $0x0c00, %cx
        rep stosl
        movw    $0x3003, 0x2000
        movw    $0x4003, 0x3000
        movw    $0x0083, 0x4000
        movw    $0x2000, %ax
        movl    %eax, %cr3

        movl    %cr4, %eax              # CR4.PAE
        orb     $0x20, %al
        movl    %eax, %cr4
        movl    $0xc0000080, %ecx       # EFER.LME
        rdmsr
        orb     $1, %ah
        wrmsr
        lgdtl   table + 0x7c00
        movl    %cr0, %eax              # CR0.PG and CR0.PE at once: into long mode
        orl     $0x80000001, %eax
        movl    %eax, %cr0
        ljmpw   $8, $long + 0x7c00

        .code32                         # the two instructions below are the same bytes in 64-bit mode
long:   movl    $20000000, %ecx
spin:   loop    spin
        movb    $0x10, %al
        outb    %al, $0xf4
halt:   hlt
        jmp     halt

        .balign 8
gdt:    .quad   0
        .quad   0x00209a0000000000      # 64-bit code, present, ring 0
table:  .word   table - gdt - 1
        .long   gdt + 0x7c00

        .org    510
        .word   0xaa55
