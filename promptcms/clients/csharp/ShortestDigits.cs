using System;
using System.Numerics;
using System.Text;

namespace Promptcms.Client
{
    /// <summary>
    /// The fewest digits that read back as the same number, and of those the nearest (Steele and White's
    /// algorithm, in whole numbers). The runtimes' own format "R" does not agree with itself: .NET Framework
    /// and Mono write other digits than .NET 5, and Mono reads some of them back as another number.
    /// </summary>
    internal sealed class ShortestDigits
    {
        private readonly bool _even; // then the ends of the interval round to this number too
        private BigInteger _rest;
        private BigInteger _unit;
        private BigInteger _above; // half the distance to the next number
        private BigInteger _below; // half the distance to the one before

        private ShortestDigits(long mantissa, int exponent, bool narrowBelow)
        {
            int shift = narrowBelow ? 2 : 1;
            _even = (mantissa & 1) == 0;
            _rest = (new BigInteger(mantissa) << Math.Max(exponent, 0)) << shift;
            _unit = BigInteger.One << (Math.Max(-exponent, 0) + shift);
            _below = BigInteger.One << Math.Max(exponent, 0);
            _above = narrowBelow ? _below << 1 : _below;
        }

        /// <summary>Return a finite number, without an exponent.</summary>
        public static string Of(double number)
        {
            long bits = BitConverter.DoubleToInt64Bits(Math.Abs(number));
            return Sign(number) + Written(bits & ((1L << 52) - 1), (int)(bits >> 52), 52, 1075, Math.Abs(number));
        }

        /// <summary>Return a finite number of single precision, without an exponent.</summary>
        public static string Of(float number)
        {
            long bits = BitConverter.ToInt32(BitConverter.GetBytes(Math.Abs(number)), 0);
            return Sign(number) + Written(bits & ((1L << 23) - 1), (int)(bits >> 23), 23, 150, Math.Abs(number));
        }

        private static string Sign(double number)
        {
            return number < 0 ? "-" : "";
        }

        private static string Written(long fraction, int power, int width, int bias, double number)
        {
            bool normal = power > 0;
            long mantissa = normal ? fraction | 1L << width : fraction;
            var digits = new ShortestDigits(mantissa, Math.Max(power, 1) - bias, fraction == 0 && power > 1);
            int point = digits.Scale((int)Math.Ceiling(Math.Log10(number) - 1e-10));
            string all = digits.All();
            if (point <= 0) return "0." + new string('0', -point) + all;
            return point >= all.Length ? all.PadRight(point, '0') : all.Substring(0, point) + "." + all.Substring(point);
        }

        /// <summary>Scale so that the next digit stands right after the point; return how many stand before it.</summary>
        private int Scale(int guess)
        {
            BigInteger scale = BigInteger.Pow(10, Math.Abs(guess));
            if (guess >= 0) _unit *= scale;
            else Multiply(scale);
            if (Reaches(_rest + _above))
            {
                _unit *= 10;
                guess++;
            }
            return guess;
        }

        private string All()
        {
            var text = new StringBuilder();
            while (true)
            {
                Multiply(10);
                int digit = (int)BigInteger.DivRem(_rest, _unit, out _rest);
                bool low = _even ? _rest <= _below : _rest < _below;
                bool high = Reaches(_rest + _above);
                if (low || high)
                {
                    int half = (_rest * 2).CompareTo(_unit);
                    bool nearer = half > 0 || half == 0 && digit % 2 == 1;
                    bool up = low && high ? nearer : high;
                    return text.Append((char)('0' + digit + (up ? 1 : 0))).ToString();
                }
                text.Append((char)('0' + digit));
            }
        }

        private bool Reaches(BigInteger number)
        {
            return _even ? number >= _unit : number > _unit;
        }

        private void Multiply(BigInteger factor)
        {
            _rest *= factor;
            _above *= factor;
            _below *= factor;
        }
    }
}
