/** JMH benchmarks of Twinlog's parts. Each class gives its command line. */
@NullMarked
package dev.twinlog.benchmarks;

import org.jspecify.annotations.NullMarked;
