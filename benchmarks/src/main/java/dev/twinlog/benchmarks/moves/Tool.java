package dev.twinlog.benchmarks.moves;

import dev.twinlog.testkit.TestKafka;
import java.util.Collection;

/** What copies topics and keeps consumer groups in step. Ended by {@link #close()}. */
interface Tool extends AutoCloseable {
  /** Begins to copy these topics, which are there on both sides. */
  void start(TestKafka source, TestKafka target, Collection<String> topics);

  /** Returns when these groups, which don't move any more, are as the tool leaves them. */
  void awaitGroups(Collection<String> groups) throws Exception;

  @Override
  void close();
}
