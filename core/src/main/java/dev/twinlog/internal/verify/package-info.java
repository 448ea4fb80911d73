/**
 * Compares a copy with its source, log by log, without running the link.
 *
 * <p>{@link dev.twinlog.internal.verify.Verification} plans the comparisons ({@code VerifyPlan}),
 * reads both clusters ({@code LogFetcher}), and advances one {@code TargetComparison} for each
 * target partition whenever something has arrived. That walks both logs along the runs of the
 * offset map ({@code RouteWalk}): within a run the two logs must have the same records at the same
 * places, whole batches where they are alike ({@code WholeBatches}), else record by record ({@code
 * RecordContent}); between two runs the source must have no committed record and the target none of
 * the link's. {@code CompactedKeys} decides what compaction may have removed on one side.
 *
 * <p>It reads through the SPI only, and is confined to the thread of the caller.
 */
@NullMarked
package dev.twinlog.internal.verify;

import org.jspecify.annotations.NullMarked;
