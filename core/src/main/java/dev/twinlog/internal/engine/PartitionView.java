package dev.twinlog.internal.engine;

import dev.twinlog.PartitionState;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A snapshot of a partition's figures, from which its public status is made. */
public record PartitionView(
    PartitionState state,
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
    CurrentGuarantee guarantee,
    List<String> acceptedLosses,
    Optional<ReplicationException> cause) {}
