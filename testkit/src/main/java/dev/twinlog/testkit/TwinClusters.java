package dev.twinlog.testkit;

import dev.twinlog.testkit.junit.CleanAfterEach;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the tests of a JUnit class two real Kafka clusters, as parameters of type {@link
 * TwinKafka}.
 *
 * <pre>{@code
 * @TwinClusters
 * final class OrdersAreMirroredIT {
 *   @Test
 *   void copies(TwinKafka twin) {
 *     String orders = twin.topic("orders");
 *     twin.source().createTopic(orders, 3);
 *     // …
 *   }
 * }
 * }</pre>
 *
 * <p>By default all such classes of a test run share one pair of one-broker clusters, started when
 * it is first needed and stopped after the last test, so a class costs nothing; take topic names
 * from {@link TwinKafka#topic}, and leave the brokers alone. A class with other values here gets a
 * pair of its own, started before its first test and stopped after its last. Nested classes share
 * their outer class's pair.
 *
 * <p>The brokers log little, unless the logging of this JVM gives {@code org.apache.kafka} a level:
 * see {@link EmbeddedKafka.Builder#logs}.
 *
 * <p>Each test is also checked for what it leaves behind: see {@link CleanAfterEach}.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@CleanAfterEach
@ExtendWith(TwinClustersExtension.class)
public @interface TwinClusters {
  /** How many brokers each of the two clusters has; 1 by default. */
  int brokers() default 1;

  /** Settings of the brokers of both clusters, each as {@code key=value}; none by default. */
  String[] config() default {};

  /** Whether the class has a pair of its own, whose brokers it may stop; false by default. */
  boolean dedicated() default false;
}
