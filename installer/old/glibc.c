// The C library of the old desktops that tax bureaus still run (UOS 20 and Kylin V10: glibc 2.28 to 2.31) has
// these functions under an older version than the one a newer library's headers bind to. The linker sends
// every call of exp here (--wrap=exp), and here the old version is named. They compute the same; the newer
// ones merely no longer set errno by the SVID rules.

#if defined(__x86_64__)
#define OLD "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define OLD "GLIBC_2.17"
#else
#error "name this machine's first version of libm"
#endif

#define ONE(name)                                                                                                      \
	__asm__(".symver old_" #name "," #name "@" OLD);                                                               \
	double old_##name(double);                                                                                     \
	double __wrap_##name(double x) { return old_##name(x); }

ONE(exp)
ONE(exp2)
ONE(log)
ONE(log2)

__asm__(".symver old_pow,pow@" OLD);
double old_pow(double, double);
double __wrap_pow(double x, double y) { return old_pow(x, y); }
