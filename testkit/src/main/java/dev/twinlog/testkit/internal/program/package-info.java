/** What the testkit's programs share: {@code OrderlyStop} is their answer to Ctrl-C. */
@NullMarked
package dev.twinlog.testkit.internal.program;

import org.jspecify.annotations.NullMarked;
