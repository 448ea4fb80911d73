package dev.twinlog.internal.status;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The values of a {@code ThrottleStatus}.
 *
 * @param bytesPerSecond the limit; empty if there is none
 * @param catchUpOnly whether only partitions that catch up are limited
 * @param partitions how many are held back now
 * @param holdingSince since when some have been, without a long break
 * @param held how long in all
 * @param bySource how long brokers of the source have told the link to wait
 * @param byTarget the same of the target
 */
public record ThrottleSnapshot(
    OptionalLong bytesPerSecond,
    boolean catchUpOnly,
    int partitions,
    Optional<Instant> holdingSince,
    Duration held,
    Duration bySource,
    Duration byTarget) {}
