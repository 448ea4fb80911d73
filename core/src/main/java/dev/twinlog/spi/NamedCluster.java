package dev.twinlog.spi;

/**
 * The ability of a source or a sink to say under which name the user knows its cluster.
 *
 * <p>Threading, errors and lifecycle as {@link Source} and {@link Sink}; never blocks.
 */
public interface NamedCluster {

  /** The name of the cluster, as in messages and statuses. */
  String alias();
}
