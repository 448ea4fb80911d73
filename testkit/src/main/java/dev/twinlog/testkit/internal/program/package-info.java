/** Code that the testkit's programs share: {@code OrderlyStop} handles Ctrl-C. */
@NullMarked
package dev.twinlog.testkit.internal.program;

import org.jspecify.annotations.NullMarked;
