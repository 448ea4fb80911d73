package dev.twinlog.internal.status;

import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SkippedOffsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The values of a partition's status at one time, except its state and its guarantee. The accessors
 * of {@code PartitionStatus} describe them.
 *
 * @param untroubledSince when the partition last left a state in which it is not copied; its
 *     discovery if it never was in one
 */
public record PartitionSnapshot(
    String reason,
    Instant since,
    Instant untroubledSince,
    long sourcePosition,
    long sourceEnd,
    Instant sourceHeardAt,
    long targetPosition,
    long lagRecords,
    Duration lag,
    long heldBack,
    Optional<Instant> heldBackSince,
    long recordsCopied,
    long retries,
    Map<BatchHandling, Long> handlings,
    String guaranteeReason,
    List<String> acceptedLosses,
    SkippedOffsets skipped,
    Optional<ReplicationException> cause) {}
