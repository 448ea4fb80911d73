package dev.twinlog.testkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The WARN and ERROR events that a test under {@link CleanAfterEach} may cause. On a class it holds
 * for each of its tests. They need not occur; a test that requires them reads {@link LogCapture}.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface ExpectedLogs {
  /**
   * Regular expressions; an event is allowed if one of them is found in its line, {@code <LEVEL>
   * <logger>: <message>}.
   */
  String[] value();
}
