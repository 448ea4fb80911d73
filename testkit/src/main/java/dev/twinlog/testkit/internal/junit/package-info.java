/** State that other packages report to the JUnit extensions. Nothing here is public API. */
@NullMarked
package dev.twinlog.testkit.internal.junit;

import org.jspecify.annotations.NullMarked;
