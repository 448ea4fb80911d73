package dev.twinlog.spi;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * How far a source partition is copied: one consistent checkpoint of all its routes.
 *
 * @param source the source partition with its topic's identity
 * @param sourceNext everything before this source offset is in the target
 * @param clean whether nothing beyond {@code sourceNext} was ever handed to the sink
 * @param stagesFingerprint fingerprint of transform, mapper and their versions; only with the same
 *     ones may records that the target already holds be dropped
 * @param routes what the sink needs to continue, per route
 * @param sourceLeaderEpoch the leader epoch of the record or transaction marker directly before
 *     {@code sourceNext}: with it the source can detect that its log was truncated there while no
 *     reader was connected (KIP-320). Empty if it isn't known
 * @param skipped the source offsets that are not copied, since the user has left them out
 */
public record Progress(
    SourcePartition source,
    long sourceNext,
    boolean clean,
    String stagesFingerprint,
    List<RouteProgress> routes,
    OptionalInt sourceLeaderEpoch,
    SkippedOffsets skipped) {
  public Progress {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(stagesFingerprint, "stagesFingerprint");
    Objects.requireNonNull(sourceLeaderEpoch, "sourceLeaderEpoch");
    Objects.requireNonNull(skipped, "skipped");
    routes = List.copyOf(routes);
  }

  /** A progress of which nothing is skipped. */
  public Progress(
      SourcePartition source,
      long sourceNext,
      boolean clean,
      String stagesFingerprint,
      List<RouteProgress> routes,
      OptionalInt sourceLeaderEpoch) {
    this(
        source,
        sourceNext,
        clean,
        stagesFingerprint,
        routes,
        sourceLeaderEpoch,
        SkippedOffsets.none());
  }

  /** A progress of which nothing is skipped, and whose {@code sourceLeaderEpoch} isn't known. */
  public Progress(
      SourcePartition source,
      long sourceNext,
      boolean clean,
      String stagesFingerprint,
      List<RouteProgress> routes) {
    this(source, sourceNext, clean, stagesFingerprint, routes, OptionalInt.empty());
  }

  /** The same, but these offsets are skipped. */
  public Progress skipping(SkippedOffsets now) {
    return new Progress(
        source, sourceNext, clean, stagesFingerprint, routes, sourceLeaderEpoch, now);
  }
}
