# The guests of the hypervisor's contract tests: boot sectors that say "sl-test login: " on COM1 and then are idle.
# `boot_guests.py` has them as bytes:  as --32 --defsym KIND=n -o g.o guests.S && objcopy -O binary -j .text g.o g.bin
# KIND 0 never reacts, KIND 1 obeys the power button, KIND 2 powers itself off, KIND 3 does so after two seconds.

        .set    PM_STATUS, 0x600        # where SeaBIOS puts the PIIX4's power management registers
        .set    PM_ENABLE, 0x602
        .set    PM_CONTROL, 0x604
        .set    POWER_BUTTON, 0x100
        .set    SLEEP_S5, 0x2000

        .code16
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    $text + 0x7c00, %si
        movw    $0x3f8, %dx
next:   lodsb
        testb   %al, %al
        jz      said
        outb    %al, %dx
        jmp     next
said:
        .if     KIND == 1
        movw    $PM_ENABLE, %dx
        movw    $POWER_BUTTON, %ax
        outw    %ax, %dx
        .endif
        .if     KIND == 3
        movw    $36, %cx
tick:   sti
        hlt
        loop    tick
        .endif
        .if     KIND < 2
idle:   sti
        hlt                             # the BIOS's timer wakes us 18 times a second
        .if     KIND == 1
        movw    $PM_STATUS, %dx
        inw     %dx, %ax
        testb   $1, %ah
        jz      idle
        .else
        jmp     idle
        .endif
        .endif
        movw    $PM_CONTROL, %dx
        movw    $SLEEP_S5, %ax
        outw    %ax, %dx
halt:   hlt
        jmp     halt
text:   .asciz  "booted\r\nsl-test login: "
