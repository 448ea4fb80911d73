package dev.twinlog.internal.status;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The values of a {@code MoveStatus}, whose accessors describe them. */
public record MoveSnapshot(
    UUID id,
    String verb,
    String phase,
    String actor,
    Instant begunAt,
    Optional<Instant> endedAt,
    String reason) {}
