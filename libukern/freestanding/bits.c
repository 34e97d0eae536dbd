/* SPDX-License-Identifier: MIT */
/* What compilers call where the processor has no instruction that counts leading or trailing zeros. Never given 0. */

int __clzdi2(unsigned long bits);
int __ctzdi2(unsigned long bits);

int __clzdi2(unsigned long bits)
{
    int zeros = 0;
    for (int half = 32; half > 0; half /= 2)
        if (bits >> (64 - half) == 0) {
            zeros += half;
            bits <<= half;
        }
    return zeros;
}

int __ctzdi2(unsigned long bits) { return 63 - __clzdi2(bits & -bits); }
