package dev.twinlog.benchmarks.versus;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Reports when the number of records appended to a topic reaches given marks. Runs inside the
 * broker and reads its {@code MessagesInPerSec} counter every two milliseconds, for any number of
 * partitions. It costs every contender the same and needs no client.
 *
 * <p>The counter includes transaction markers, which are few.
 */
final class TopicWatch {
  /** How an answer begins that says that a mark was reached. */
  static final String MARK = "#mark ";

  /** How the answer begins that says that the watch is on. */
  static final String WATCHING = "#watching ";

  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(2);

  private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
  private final ObjectName counter;
  private long before;

  private TopicWatch(String topic) throws JMException {
    this.counter =
        new ObjectName("kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec,topic=" + topic);
  }

  /**
   * Prints {@code #mark <run> <wanted> <nanos> <count>} as each mark is reached, on the calling
   * thread.
   *
   * @param run what tells these answers from those of a run that failed
   * @param marks numbers of records, ascending
   */
  static void run(String run, String topic, long... marks) {
    try {
      TopicWatch watch = new TopicWatch(topic);
      watch.before = watch.count();
      System.out.println(WATCHING + run);
      for (long mark : marks) {
        long arrived = watch.arrived();
        while (arrived < mark) {
          LockSupport.parkNanos(PAUSE);
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
          arrived = watch.arrived();
        }
        System.out.println(MARK + run + ' ' + mark + ' ' + System.nanoTime() + ' ' + arrived);
      }
    } catch (JMException e) {
      System.out.println("The broker's counter for " + topic + " can't be read: " + e);
    }
  }

  /** A deleted topic of the same name takes its counter along a moment later. */
  private long arrived() throws JMException {
    long count = count();
    if (count < before) {
      before = 0;
    }
    return count - before;
  }

  /** The counter comes into being with the first record. */
  private long count() throws JMException {
    try {
      return (Long) beans.getAttribute(counter, "Count");
    } catch (InstanceNotFoundException e) {
      return 0;
    }
  }
}
