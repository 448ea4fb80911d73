/**
 * The implementation of {@link dev.twinlog.testkit.MirrorComparison}: topic readers, fingerprints
 * of records, and the differences of two partitions. Nothing here is public API.
 */
@NullMarked
package dev.twinlog.testkit.internal.mirror;

import org.jspecify.annotations.NullMarked;
