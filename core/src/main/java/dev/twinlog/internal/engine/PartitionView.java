package dev.twinlog.internal.engine;

import dev.twinlog.PartitionState;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A partition's figures at one moment; the raw material of its public status. */
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
    CurrentGuarantee assurance,
    List<String> acceptedLosses,
    Optional<ReplicationException> cause) {}
