/**
 * Contract tests for optional abilities of sources, sinks and stores, and their fixtures. The
 * contracts that every source, sink or store must pass are in {@link dev.twinlog.testkit}.
 */
@NullMarked
package dev.twinlog.testkit.contract;

import org.jspecify.annotations.NullMarked;
