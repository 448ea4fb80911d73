package dev.twinlog.spi;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * How far a source partition is copied: one consistent cut over all its routes.
 *
 * @param source the source partition with its topic's identity
 * @param sourceNext everything before this source offset is in the target
 * @param clean whether nothing beyond {@code sourceNext} was ever handed to the sink
 * @param stagesFingerprint transform, mapper and their versions, as they were; dropping what the
 *     target holds is only sound under the same ones
 * @param routes what the sink needs to go on, per route
 * @param sourceLeaderEpoch the leader epoch under which the source wrote what lies directly before
 *     {@code sourceNext}, a transaction marker for instance: with it the source can tell whether
 *     its log was truncated there while nobody read it (KIP-320). Empty if it isn't known
 */
public record Progress(
    SourcePartition source,
    long sourceNext,
    boolean clean,
    String stagesFingerprint,
    List<RouteProgress> routes,
    OptionalInt sourceLeaderEpoch) {
  public Progress {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(stagesFingerprint, "stagesFingerprint");
    Objects.requireNonNull(sourceLeaderEpoch, "sourceLeaderEpoch");
    routes = List.copyOf(routes);
  }

  /** A progress whose {@code sourceLeaderEpoch} isn't known. */
  public Progress(
      SourcePartition source,
      long sourceNext,
      boolean clean,
      String stagesFingerprint,
      List<RouteProgress> routes) {
    this(source, sourceNext, clean, stagesFingerprint, routes, OptionalInt.empty());
  }
}
