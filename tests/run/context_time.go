// Packages context and time: cancellation, deadlines, values, timers, tickers, durations, formatting.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type key string

func worker(ctx context.Context, out chan<- string) {
	select {
	case <-ctx.Done():
		out <- ctx.Err().Error()
	case <-time.After(10 * time.Second):
		out <- "too slow"
	}
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	out := make(chan string)
	go worker(ctx, out)
	cancel()
	fmt.Println(<-out, ctx.Err())
	ctx, cancel = context.WithTimeout(context.WithValue(context.Background(), key("k"), 7), 5*time.Millisecond)
	defer cancel()
	child, cancel2 := context.WithCancelCause(ctx)
	go worker(child, out)
	fmt.Println(<-out, child.Value(key("k")), child.Value(key("none")), errors.Is(ctx.Err(), context.DeadlineExceeded))
	cancel2(errors.New("why"))
	fmt.Println(context.Cause(child))
	c3, cancel3 := context.WithCancelCause(context.Background())
	cancel3(errors.New("my cause"))
	fmt.Println(c3.Err(), context.Cause(c3), c3)
	stopped := make(chan bool)
	c4, cancel4 := context.WithCancel(context.Background())
	context.AfterFunc(c4, func() { stopped <- true })
	cancel4()
	fmt.Println(<-stopped)

	start := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	for range 3 {
		<-tick.C
	}
	tick.Stop()
	fmt.Println("ticks", time.Since(start) >= 6*time.Millisecond)
	t := time.NewTimer(time.Hour)
	fmt.Println(t.Stop(), t.Stop(), t.Reset(time.Millisecond))
	<-t.C
	fired := make(chan int, 1)
	time.AfterFunc(time.Millisecond, func() { fired <- 1 })
	fmt.Println(<-fired)
	var order []int
	res := make(chan int)
	for _, ms := range []int{300, 100, 200} {
		go func() { time.Sleep(time.Duration(ms) * time.Millisecond); res <- ms }()
	}
	for range 3 {
		order = append(order, <-res)
	}
	fmt.Println(order)

	d := 90*time.Minute + 30*time.Second + 5*time.Millisecond
	fmt.Println(d, d.Hours(), d.Round(time.Minute), d.Truncate(time.Hour), time.Duration(0), time.Duration(1500), -d)
	pd, err := time.ParseDuration("1h15m30.5s")
	fmt.Println(pd, err)
	_, err = time.ParseDuration("3x")
	fmt.Println(err)
	tm := time.Date(2024, time.February, 29, 13, 4, 5, 678900000, time.UTC)
	fmt.Println(tm, tm.Weekday(), tm.YearDay(), tm.Unix(), tm.UnixMilli())
	for _, l := range []string{time.RFC3339Nano, time.RFC1123Z, time.Kitchen, "2006-01-02 15:04:05.000", "Mon Jan _2 3:04PM 06"} {
		fmt.Println(tm.Format(l))
	}
	fmt.Println(tm.AddDate(1, 0, 0).Format(time.DateOnly), tm.Add(36*time.Hour).Sub(tm), tm.Truncate(time.Hour).Format(time.TimeOnly))
	p, err := time.Parse(time.RFC3339, "2023-11-05T08:09:10+02:00")
	fmt.Println(p.UTC(), err, p.Before(tm), p.Equal(p.UTC()), p.In(time.FixedZone("X", -3600)))
	_, err = time.Parse(time.DateOnly, "2023-13-01")
	fmt.Println(err)
	y, w := tm.ISOWeek()
	fmt.Println(y, w, time.Time{}.IsZero(), time.Unix(0, 0).UTC(), time.March, tm.Compare(p))
	js, _ := tm.MarshalJSON()
	fmt.Println(string(js), tm.Month() == time.February)
}
