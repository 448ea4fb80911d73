/** JMH benchmarks of Twinlog's parts, and programs that compare Twinlog with MirrorMaker 2. */
@NullMarked
package dev.twinlog.benchmarks;

import org.jspecify.annotations.NullMarked;
