package dev.twinlog.spi;

import java.util.List;
import java.util.Objects;

/**
 * How far a source partition is copied: one consistent cut over all its routes.
 *
 * @param source the source partition with its topic's identity
 * @param sourceNext everything before this source offset is in the target
 * @param clean whether nothing beyond {@code sourceNext} was ever handed to the sink
 * @param stagesFingerprint transform, mapper and their versions, as they were; dropping what the
 *     target holds is only sound under the same ones
 * @param routes what the sink needs to go on, per route
 */
public record Progress(
    SourcePartition source,
    long sourceNext,
    boolean clean,
    String stagesFingerprint,
    List<RouteProgress> routes) {
  public Progress {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(stagesFingerprint, "stagesFingerprint");
    routes = List.copyOf(routes);
  }
}
