package dev.twinlog.spi;

import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads a link's offset map, which the engine keeps independently of the {@link OffsetTranslator}.
 * Users don't implement it; methods may be added.
 *
 * <p>Thread-safe; never blocks. Each result is as of the call, so two results may differ.
 */
public interface OffsetHistory {

  /** The routes that begin at a source partition; empty if the link does not copy it. */
  List<Route> routesFrom(TopicPartition source);

  /** The routes that end in a target partition; empty if the link does not write it. */
  List<Route> routesInto(TopicPartition target);

  /**
   * Where a source position is in the target of this route: the first record of the route at or
   * after {@code offset} of those that the target still holds.
   *
   * @param offset not negative
   */
  Translation toTarget(Route route, long offset);

  /**
   * Where a target position is in the source of this route: the first record of the route whose
   * copy is at or after {@code offset}.
   *
   * @param offset not negative
   */
  Translation toSource(Route route, long offset);
}
