package dev.twinlog.internal.status;

import dev.twinlog.spi.ReplicationException;
import java.time.Instant;
import java.util.Optional;

/**
 * The values of the status of a link's periodic task at one time. The accessors of {@code
 * DutyStatus} describe them.
 */
public record DutySnapshot(
    String name,
    Optional<Instant> lastSuccess,
    int failures,
    Optional<ReplicationException> lastError) {}
