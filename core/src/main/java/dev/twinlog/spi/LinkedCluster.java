package dev.twinlog.spi;

import java.util.List;

/**
 * The ability of a source or a sink that is a cluster to return its id and the links that write to
 * it. With both, a link that would copy records in a loop is refused.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link Source}.
 */
public interface LinkedCluster {

  /** The cluster's own id. */
  String clusterId();

  /** The links that have written into this cluster, as they described themselves. */
  List<LinkDescription> linksInto();
}
